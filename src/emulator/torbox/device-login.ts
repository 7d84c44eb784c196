import { approveLater } from '../approve-later.js';
import { jsonObject } from '../json-body.js';
import type { ReceivedRequest, Reply } from '../reply.js';
import type { StandInContext } from '../stand-in.js';
import { refused, success } from './replies.js';
import { jsonDate } from './shapes.js';

interface Device {
  readonly userCode: string;
  readonly expiresMs: number;
  /** Key of the account whose owner approved it. */
  key: string | null;
}

const lifetimeMs = 600_000;

/** The device flow: a code to type elsewhere, then the key. */
export class DeviceLogin {
  readonly #context: StandInContext;
  readonly #firstKey: () => string | null;
  readonly #devices = new Map<string, Device>();

  /** @param firstKey whose logins are approved by themselves. */
  constructor(context: StandInContext, firstKey: () => string | null) {
    this.#context = context;
    this.#firstKey = firstKey;
  }

  /** The owner of an account types the code in. False where it is unknown or too old. */
  approve(userCode: string, key: string): boolean {
    const device = [...this.#devices.values()].find((each) => each.userCode === userCode);
    if (device === undefined || this.#context.clock.now() >= device.expiresMs) return false;
    device.key = key;
    return true;
  }

  start(): Reply {
    const { prng, clock } = this.#context;
    const deviceCode = prng.uuid();
    const device = {
      userCode: prng.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 6),
      expiresMs: clock.now() + lifetimeMs,
      key: null,
    };
    this.#devices.set(deviceCode, device);
    approveLater(this.#context, this.#firstKey, (key) => this.approve(device.userCode, key));
    return success(
      {
        device_code: deviceCode,
        code: device.userCode,
        verification_url: 'https://tor.box/link',
        friendly_verification_url: `https://tor.box/link?code=${device.userCode}`,
        interval: 5,
        expires_at: jsonDate(device.expiresMs),
      },
      'Device authorization started.',
    );
  }

  /** Not yet approved and too late are both HTTP 400; the words for it are a choice. */
  token(request: ReceivedRequest): Reply {
    const code = (jsonObject(request.body)?.['device_code'] ?? '') as string;
    const device = this.#devices.get(code);
    if (device === undefined || this.#context.clock.now() >= device.expiresMs) {
      throw refused(400, 'expired_device_code', 'The device code has expired.');
    }
    if (device.key === null) throw refused(400, 'not_authorized', 'Not authorized yet.');
    return success({ access_token: device.key, token_type: 'bearer' }, 'Device authorized.');
  }
}
