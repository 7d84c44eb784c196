import { approveLater } from '../approve-later.js';
import { readForm } from '../form.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { StandInContext } from '../stand-in.js';
import { json, missing, refused } from './replies.js';

interface DeviceLogin {
  readonly userCode: string;
  readonly expiresMs: number;
  /** Token of the account whose owner approved it. */
  account: string | null;
}

const deviceLifetimeSeconds = 600;
const accessLifetimeSeconds = 86_400;

/** The device flow: a code to type elsewhere, then credentials, then a token that is renewed. */
export class OAuth {
  readonly #context: StandInContext;
  readonly #firstKey: () => string | null;
  readonly #logins = new Map<string, DeviceLogin>();
  /** Account by client secret, which outlives the code. */
  readonly #secrets = new Map<string, string>();
  /** Account by refresh token. */
  readonly #refreshTokens = new Map<string, string>();
  readonly #accessTokens = new Map<string, { readonly account: string; readonly expiresMs: number }>();

  /** @param firstKey whose logins are approved by themselves. */
  constructor(context: StandInContext, firstKey: () => string | null) {
    this.#context = context;
    this.#firstKey = firstKey;
  }

  /** The owner of an account types the code in. False where the code is unknown or too old. */
  approve(userCode: string, account: string): boolean {
    const login = [...this.#logins.values()].find((each) => each.userCode === userCode);
    if (login === undefined || this.#context.clock.now() >= login.expiresMs) return false;
    login.account = account;
    return true;
  }

  /** The owner takes the permission back: renewing fails, access tokens end. */
  revoke(account: string): void {
    for (const [token, owner] of this.#refreshTokens)
      if (owner === account) this.#refreshTokens.delete(token);
    for (const [token, access] of this.#accessTokens) {
      if (access.account === account) this.#accessTokens.delete(token);
    }
  }

  /** The account that an access token is for, or null. */
  accountOf(accessToken: string): string | null {
    const access = this.#accessTokens.get(accessToken);
    return access !== undefined && this.#context.clock.now() < access.expiresMs ? access.account : null;
  }

  handle(request: ReceivedRequest): Reply {
    switch (`${request.method} ${request.path}`) {
      case 'GET /oauth/v2/device/code':
        return this.#code(request);
      case 'GET /oauth/v2/device/credentials':
        return this.#credentials(request);
      case 'POST /oauth/v2/token':
        return this.#token(request);
      default:
        throw refused(404, 3, 'unknown_method');
    }
  }

  #code(request: ReceivedRequest): Reply {
    if (readForm(request).value('client_id') === undefined) throw missing('client_id');
    const deviceCode = this.#secret();
    const userCode = this.#secret().slice(0, 8).toUpperCase();
    const expiresMs = this.#context.clock.now() + deviceLifetimeSeconds * 1000;
    this.#logins.set(deviceCode, { userCode, expiresMs, account: null });
    approveLater(this.#context, this.#firstKey, (account) => this.approve(userCode, account));
    return json({
      device_code: deviceCode,
      user_code: userCode,
      interval: 5,
      expires_in: deviceLifetimeSeconds,
      verification_url: 'https://real-debrid.com/device',
      direct_verification_url: `https://real-debrid.com/authorize?client_id=X&device_id=${deviceCode}`,
    });
  }

  #credentials(request: ReceivedRequest): Reply {
    const login = this.#logins.get(readForm(request).value('code') ?? '');
    if (login === undefined || this.#context.clock.now() >= login.expiresMs) {
      throw refused(403, 9, 'permission_denied');
    }
    if (login.account === null) throw refused(403, 9, 'authorization_pending');
    const secret = this.#secret();
    this.#secrets.set(secret, login.account);
    return json({ client_id: this.#secret().toUpperCase(), client_secret: secret });
  }

  /** A first token for a device code, or another for a refresh token; both come as `code`. */
  #token(request: ReceivedRequest): Reply {
    const form = readForm(request);
    const code = form.value('code') ?? '';
    const knownSecret = this.#secrets.get(form.value('client_secret') ?? '');
    const account = this.#refreshTokens.get(code) ?? this.#logins.get(code)?.account ?? null;
    if (account === null || knownSecret !== account) throw refused(403, 9, 'permission_denied');
    const refreshToken = this.#refreshTokens.has(code) ? code : this.#secret();
    this.#logins.delete(code);
    this.#refreshTokens.set(refreshToken, account);
    const accessToken = this.#secret();
    const expiresMs = this.#context.clock.now() + accessLifetimeSeconds * 1000;
    this.#accessTokens.set(accessToken, { account, expiresMs });
    return json({
      access_token: accessToken,
      expires_in: accessLifetimeSeconds,
      token_type: 'Bearer',
      refresh_token: refreshToken,
    });
  }

  #secret(): string {
    return this.#context.prng.text('abcdefghijklmnopqrstuvwxyz0123456789', 40);
  }
}
