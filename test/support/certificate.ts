/** A certificate for `localhost` that nobody vouches for, and its key, which keeps no secret: it is for tests only. */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP31WG+TuB+fn81sh
2+tIQ8mwmwHc+wpDtxcznmUoCeKhRANCAARvZT+bt97hRj8ul1Jd1ThjQ8IONfJc
HGz/5b8NfzpUlBrHYVpYeOuF100BaQHxS27nTY56VdSUzueiLqUnxJlH
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUT6FGYgib2f7cCMgljJ3M0L71IykwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjIxMzQwN1oYDzIxMjYxMTAy
MjEzNDA3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARvZT+bt97hRj8ul1Jd1ThjQ8IONfJcHGz/5b8NfzpUlBrHYVpYeOuF
100BaQHxS27nTY56VdSUzueiLqUnxJlHo28wbTAdBgNVHQ4EFgQUIz/AgPiwPXVc
xk2uPL3QsNUSVc0wHwYDVR0jBBgwFoAUIz/AgPiwPXVcxk2uPL3QsNUSVc0wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAOOreeGIEXgscITB3OIDeh0w/+ejNiUvlqnQhv7pE9DPAiAq
SaVdSlLZnKhtMbxRAmVqhowrs4G1bnid+OKNyE/+3A==
-----END CERTIFICATE-----
`,
};
