import type { AccountConfig, Config } from '../config/config.js';
import type { Environment } from '../config/interpolate.js';
import type { AccountName, AccountState } from '../core/account.js';
import type { AccountOrders } from '../core/adding.js';
import type { Clock } from '../core/clock.js';
import type { Login } from '../core/login.js';
import type { FoundPage } from '../core/finding.js';
import type { Logger } from '../core/logger.js';
import type { SyncProgress } from '../core/sync-progress.js';
import type { Tree } from '../core/tree.js';
import type { KeptDevice } from '../fuse/keeper/kept-device.js';
import type { Placing } from '../server/explain-tree.js';
import type { HeldTorrents } from '../store/held-torrents.js';
import type { Machine } from './doctor/machine.js';
import type { LogTarget } from './logger.js';
import type { CorrectableTree } from './override-targets.js';

/** Everything the commands touch outside of themselves, so that tests give their own. */
export interface CliDependencies {
  readonly version: string;
  /** How the user calls this program: `debridfs`, or `node dist/main.js` in a clone. */
  readonly self: string;
  /** Results. */
  readonly stdout: Output;
  /** Opened by who reads it. */
  readonly stdin: () => KeyInput;
  /** Errors and the log. */
  readonly stderr: LogTarget;
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string;
  /** Folder for temporary files. */
  readonly temporary: string;
  readonly uid: number;
  readonly gid: number;
  readonly clock: Clock;
  /** A device that a keeper holds, so that the mount outlives this process; undefined: there is no keeper. */
  readonly kept: KeptDevice | undefined;
  /** Has somebody else say the last words of a process that ends because of a defect, with exit code 1. */
  readonly onCrash: (tell: (thrown: unknown) => void) => void;
  readonly signals: SignalSource;
  /**
   * Asks the user, who sits at a terminal, and resolves with the answer's line, or null where the user gave it up (Ctrl-C, Ctrl-D). Null
   * where there is no terminal.
   */
  readonly ask: ((question: string) => Promise<string | null>) | null;
  readonly machine: Machine;
  readonly app: App;
}

export interface Output {
  write(text: string): unknown;
  /** Whether a person looks at it. */
  readonly isTTY?: boolean | undefined;
  /** Of a terminal. */
  readonly columns?: number | undefined;
}

/** Where keys are typed or piped in; `process.stdin` is one. */
export interface KeyInput {
  readonly isTTY?: boolean | undefined;
  /** Of a terminal: whether keys come as they are pressed, without an echo. */
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (piece: Buffer | string) => void): unknown;
  on(event: 'end' | 'error', listener: (cause?: unknown) => void): unknown;
  off(event: 'data', listener: (piece: Buffer | string) => void): unknown;
  off(event: 'end' | 'error', listener: (cause?: unknown) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
}

/** What the commands let the rest of the program do. */
export interface App {
  /** Resolves once the process serves its control socket; the mount may come later, with the first listing of all. */
  startMount(config: Config, context: StartContext): Promise<RunningMount>;
  /**
   * Runs this same command line in another process, which finds a device in `kept`, and again where that process dies.
   * @throws {AppError} `config` when the device cannot be opened.
   */
  startKeeper(logger: Logger): Promise<Running>;
  /** Resolves once the tree is complete and mounted. */
  startDemo(options: DemoOptions, context: StartContext): Promise<RunningDemo>;
  startEmulator(options: EmulatorOptions, context: StartContext): Promise<RunningEmulator>;
  /** The published tree without a running process. */
  openTree(stateDir: string): OpenedTree;
  /** The same, with what can be told of how it was placed. */
  openLibrary(config: Config): Promise<OpenedLibrary>;
  /** Takes away every mount of ours at a path, dead or alive; resolves with their number. */
  unmountAt(path: string): Promise<number>;
  /** Asks the account's service how the account is. */
  accountState(account: AccountConfig, signal: AbortSignal): Promise<AccountState>;
  /** What logs in to an account; the caller closes it. */
  createLogin(account: AccountConfig): Promise<Login>;
  /** Gives torrents to accounts without a running process. */
  openOrders(config: Config): Promise<OpenedOrders>;
  /** What the library has of torrents, with or without a running process. @throws {AppError} as `openTree`. */
  openHoldings(stateDir: string): Promise<OpenedHoldings>;
  /** The magnet of a torrent of nekoBT's, by its number. @throws {AppError} `not-found`; why nekoBT does not tell it. */
  magnetOf(id: string, config: Config, signal: AbortSignal): Promise<string>;
  /** Torrents at nekoBT for some words, and which accounts have them. @throws {AppError} why nekoBT does not say. */
  search(
    words: string,
    page: { readonly limit: number; readonly offset: number },
    config: Config,
    signal: AbortSignal,
  ): Promise<FoundPage>;
}

export interface OpenedOrders extends AccountOrders {
  close(): Promise<void>;
}

export interface OpenedHoldings extends OpenedTree {
  readonly held: Pick<HeldTorrents, 'items' | 'goneWith' | 'below'>;
}

export interface StartContext {
  readonly logger: Logger;
  /** Takes secrets out of texts that leave the process. */
  readonly scrub: (text: string) => string;
  /** Has `scrub` take out these secrets of an account as well from now on. */
  readonly learn?: (secrets: readonly string[], account: AccountName) => void;
  readonly version: string;
  /** Fires when the user gives up before the start is over; then the start ends and leaves nothing behind. */
  readonly signal: AbortSignal;
  readonly kept?: KeptDevice | undefined;
}

/** Something that runs until it is stopped. */
export interface Running {
  /** Ends it; resolves when nothing of it is left. Idempotent. */
  stop(): Promise<void>;
  /** Settles when it has ended, whoever ended it, with the exit code. */
  readonly stopped: Promise<number>;
}

/** How far it is known what each account holds; null where nothing is being found out. */
export type AccountsProgress = readonly {
  readonly account: AccountName;
  readonly progress: SyncProgress | null;
}[];

export interface RunningMount extends Running {
  readonly mountpoint: string;
  /** Costs nothing. */
  readonly progress: () => AccountsProgress;
}

export interface RunningDemo extends Running {
  readonly mountpoint: string;
  readonly tree: Tree;
  /** Path of the configuration that it runs with. */
  readonly configuration: string;
  /** A link in it that can be read only once it is bought. */
  readonly offer: string;
}

export interface RunningEmulator extends Running {
  /** A configuration, as YAML, that uses the emulated services. */
  readonly configuration: string;
}

export interface DemoOptions {
  /** Absolute. */
  readonly mountpoint: string;
  readonly allowOther: boolean;
}

export interface EmulatorOptions {
  /** Faults to begin with, in words. */
  readonly faults: readonly string[];
  /** Whether the configuration leaves out what a login gets, and logins are approved by themselves. */
  readonly logins: boolean;
}

export interface OpenedLibrary extends OpenedTree, CorrectableTree {
  readonly placing: Placing;
}

export interface OpenedTree {
  readonly tree: Tree;
  close(): void;
}
