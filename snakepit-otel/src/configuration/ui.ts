import * as v from 'valibot';
import { flag, port, text } from './schemas.js';

/** The live page. */
export interface UiOptions {
  /**
   * Address of the page. One that is not loopback requires a token, which is printed with the address unless `tokenFile` has it.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /** TCP port of the page; 0 is any free port. @default 4321 */
  readonly port?: number;
  /** File with the token that each client has to send. @default none: a new one if the address is not loopback */
  readonly tokenFile?: string;
  /** Further host names under which the page is opened, as through a proxy; names of other sites are refused. @default [] */
  readonly allowHosts?: readonly string[];
  /** URL of Jaeger, for links to traces. @default none */
  readonly jaegerUrl?: string;
  /** URL of Grafana, for a link. @default none */
  readonly grafanaUrl?: string;
}

/** Allowed values of the variable. */
export const UI_TEXT = 'true, false, a port, or host:port';
/** Port of the page by default. */
export const UI_PORT = 4321;

const HOSTS = 'a list of host names without ports';
const URL = 'an http:// or https:// URL';

const hosts = v.array(v.pipe(v.string(HOSTS), v.regex(/^(?:[^\s:/@]+|\[[0-9a-fA-F:.]+\])$/, HOSTS)), HOSTS);
const url = v.pipe(v.string(URL), v.regex(/^https?:\/\/[^\s/]+\S*$/, URL));

/** Schema of the page. @param names names of the keys: files of OpenTelemetry have snake_case keys */
const uiSchema = (names: Readonly<Record<'tokenFile' | 'allowHosts' | 'jaegerUrl' | 'grafanaUrl', string>>) =>
  v.union([
    flag,
    v.strictObject(
      {
        host: v.optional(text),
        port: v.optional(port),
        [names.tokenFile]: v.optional(text),
        [names.allowHosts]: v.optional(hosts),
        [names.jaegerUrl]: v.optional(url),
        [names.grafanaUrl]: v.optional(url),
      },
      'true, false or an object of settings',
    ),
  ]);

const FILE_NAMES = {
  tokenFile: 'token_file',
  allowHosts: 'allow_hosts',
  jaegerUrl: 'jaeger_url',
  grafanaUrl: 'grafana_url',
} as const;
const CODE_NAMES = {
  tokenFile: 'tokenFile',
  allowHosts: 'allowHosts',
  jaegerUrl: 'jaegerUrl',
  grafanaUrl: 'grafanaUrl',
} as const;

/** Schema of the page in code. */
export const UI_SCHEMA = uiSchema(CODE_NAMES) as v.GenericSchema<unknown, boolean | UiOptions>;
/** Schema of the page in a file. */
export const UI_FILE_SCHEMA = uiSchema(FILE_NAMES) as v.GenericSchema<unknown>;

/**
 * Returns the page of the first layer that has one. `true` has no settings, so those of the layers below count.
 *
 * @param layers the page in code, of the variable and of the file
 */
export function layeredUi(
  layers: readonly (boolean | UiOptions | undefined)[],
): boolean | UiOptions | undefined {
  const selected = layers.find((layer) => layer !== undefined);
  return (selected === true && layers.find((layer) => typeof layer === 'object')) || selected;
}

/** Returns the page of a file as in code. */
export const uiFromFile = (ui: unknown): unknown => rename(ui, Object.entries(FILE_NAMES));

/** Returns the page as in a file. */
export const uiToFile = (ui: boolean | UiOptions): unknown =>
  rename(
    ui,
    Object.entries(FILE_NAMES).map(([code, file]) => [file, code]),
  );

function rename(ui: unknown, names: readonly (readonly [to: string, from: string])[]): unknown {
  if (typeof ui !== 'object' || ui === null) return ui;
  const toBy = new Map(names.map(([to, from]) => [from, to]));
  return Object.fromEntries(Object.entries(ui).map(([name, value]) => [toBy.get(name) ?? name, value]));
}

/** Returns the page that a text stands for: `true`, `false`, a port, or an address with a port. */
export function uiFromText(given: string): unknown {
  const lower = given.trim().toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  const [, bracketed, plain, portText] =
    /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:/]+)):)?(\d{1,5})$/.exec(lower) ?? [];
  if (portText === undefined) return given;
  const host = bracketed ?? plain;
  return { ...(host === undefined ? undefined : { host }), port: Number(portText) };
}
