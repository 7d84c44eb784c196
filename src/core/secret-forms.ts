/** The ways in which others write a text that they were given: in JSON, in URLs, in web pages, in Base64. The longest first. */
export function formsOf(secret: string): readonly string[] {
  const inQuery = new URLSearchParams([['', secret]]).toString().slice(1);
  const inUrls = [encodeURIComponent(secret), inQuery].flatMap((form) => [form, lowerHex(form)]);
  const inPage = secret.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
  const forms = [secret, JSON.stringify(secret).slice(1, -1), inPage, ...inUrls, ...inBase64(secret)];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function lowerHex(form: string): string {
  return form.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase());
}

/** Shorter pieces of Base64 may stand anywhere. */
const minBase64 = 8;

/**
 * What stands of a text in the Base64 of a longer one, such as of `user:password`: three bytes make four digits, so it depends on how
 * many bytes were before. Digits in which neighbours have a share are left out.
 */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const end = Math.floor(whole.length / 3) * 4;
    const digits = whole.toString('base64').slice(before === 0 ? 0 : before + 1, end);
    const forUrls = digits.replaceAll('+', '-').replaceAll('/', '_');
    return digits.length < minBase64 ? [] : [digits, forUrls];
  });
}
