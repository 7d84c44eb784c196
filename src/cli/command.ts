import type { Command, HelpConfiguration } from 'commander';
import type { Config, LogConfig } from '../config/config.js';
import { findPlaces, loadConfig, type FlagSetting, type FoundPlaces } from '../config/load.js';
import type { Need } from '../config/places.js';
import { AppError } from '../core/errors.js';
import type { CliDependencies } from './dependencies.js';

/** What a command's file needs to add its command. */
export interface CommandSetup {
  readonly program: Command;
  readonly dependencies: CliDependencies;
  /** Makes the function for commander's `action` from one that resolves with the exit code. */
  run<Arguments extends readonly unknown[]>(
    action: (...args: Arguments) => Promise<number>,
  ): (...args: Arguments) => Promise<void>;
}

/** A flag that gives a key of the configuration its value. */
export interface ConfigFlag {
  readonly flags: string;
  readonly key: readonly string[];
  readonly description: string;
}

/** Flags that every command knows, before its name or after. */
export const commonFlags: readonly ConfigFlag[] = [
  { flags: '--state-dir <dir>', key: ['stateDir'], description: 'where the library and secrets are kept' },
  { flags: '--log-level <level>', key: ['log', 'level'], description: 'trace, debug, info, warn or error' },
  { flags: '--log-format <format>', key: ['log', 'format'], description: 'auto, human or json' },
];

/** Help of a command that reads no configuration: only the common flags that have an effect on it. */
export const helpWithoutPlaces: HelpConfiguration = {
  showGlobalOptions: true,
  visibleGlobalOptions: (command) =>
    (command.parent?.options ?? []).filter(({ long }) => long === '--log-level' || long === '--log-format'),
};

/** The configuration as a command sees it. @throws {AppError} `config`. */
export function configFor(
  { program, dependencies }: CommandSetup,
  need: Need,
  own: readonly FlagSetting[] = [],
): Config {
  const { env, cwd, home, uid, gid } = dependencies;
  const given = program.opts<{ readonly config?: string }>();
  const flags = [...flagSettings(program, commonFlags), ...own];
  return loadConfig({ flags, env, cwd, home, uid, gid, file: given.config, need });
}

/**
 * Where the running process is, for a command that needs to know no more: what else is wrong is told, and passed over.
 * @throws {AppError} `config` where a flag is wrong.
 */
export function placesFor({ program, dependencies }: CommandSetup): FoundPlaces {
  const { env, cwd, home, uid, gid, stderr } = dependencies;
  const file = program.opts<{ readonly config?: string }>().config;
  const places = findPlaces({ flags: flagSettings(program, commonFlags), env, cwd, home, uid, gid, file });
  if (places.trouble !== null && places.isSure) stderr.write(`debridfs: It goes on. ${places.trouble}\n`);
  return places;
}

/** The state folder of the running process. @throws {AppError} `config` where it is not known which that is. */
export function stateDirFor(setup: CommandSetup): string {
  const { stateDir, isSure, trouble } = placesFor(setup);
  if (!isSure) throw new AppError('config', trouble ?? 'The state folder is not known.');
  return stateDir;
}

/** The configuration as flags and environment alone make it, where the file does not matter. @throws {AppError} `config`. */
function configWithoutFile({ program, dependencies }: CommandSetup): Config {
  const { env, cwd, home, uid, gid } = dependencies;
  const flags = flagSettings(program, commonFlags);
  return loadConfig({ flags, env, cwd, home, uid, gid, file: null, need: 'places' });
}

/** How to log, for a command that needs no configuration file; `quiet` where its output is for people. */
export function logConfigFor(setup: CommandSetup, quiet: boolean): LogConfig {
  const { log } = configWithoutFile(setup);
  const isChosen = setup.program.getOptionValue('logLevel') !== undefined;
  return quiet && !isChosen ? { ...log, level: 'warn' } : log;
}

/** The values that a command was given for flags of the configuration. */
export function flagSettings(command: Command, flags: readonly ConfigFlag[]): FlagSetting[] {
  return flags.flatMap(({ flags: written, key }) => {
    const option = command.options.find((candidate) => candidate.flags === written);
    const value: unknown = option === undefined ? undefined : command.getOptionValue(option.attributeName());
    if (option === undefined || (typeof value !== 'string' && value !== true)) return [];
    return [{ path: key, text: String(value), flag: option.long ?? written }];
  });
}
