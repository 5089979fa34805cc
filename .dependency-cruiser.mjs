// The direction of imports, room by room: a room imports only what is listed for it, and itself.
const ROOMS = {
  common: [],
  configuration: ['common'],
  system: ['common'],
  catalog: ['common', 'configuration'],
  bus: ['common', 'configuration', 'catalog'],
  recorders: ['common', 'configuration', 'catalog', 'bus'],
  gpu: ['common', 'configuration', 'system', 'catalog', 'bus'],
  spans: ['common', 'configuration', 'catalog', 'bus', 'gpu'],
  hardware: ['common', 'configuration', 'system', 'catalog', 'bus', 'gpu', 'spans'],
  errors: ['common', 'configuration', 'catalog', 'bus'],
  instrumentations: ['common', 'configuration', 'catalog', 'bus', 'spans', 'errors'],
  bridge: ['common', 'configuration', 'catalog', 'bus', 'errors'],
};
/** Files beside the rooms that every room may import. */
const CONSTANTS = ['semconv', 'version'];

const rooms = Object.entries(ROOMS).map(([room, below]) => ({
  name: `${room}-imports-below`,
  comment: `src/${room} imports ${below.join(', ') || 'no other room'}.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^src/',
    pathNot: [`^src/(${[room, ...below].join('|')})/`, `^src/(${CONSTANTS.join('|')})\\.ts$`],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    ...rooms,
    {
      name: 'no-sdk',
      comment: 'Only snakepit-otel imports an OpenTelemetry SDK or exporter.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '@opentelemetry/(sdk-|exporter-|resources|core|semantic-conventions)' },
    },
    {
      name: 'packages-meet-at-entries',
      comment: 'snakepit-otel imports the entries of the root package, and the root package nothing of it.',
      severity: 'error',
      from: { path: '^snakepit-otel/src/' },
      to: { path: '^src/', pathNot: '^src/(index|internal|bridge/index)\\.ts$' },
    },
    {
      name: 'root-stands-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^snakepit-otel/' },
    },
    {
      name: 'sdk-below-command',
      comment: 'The sdk room of snakepit-otel does not import its command.',
      severity: 'error',
      from: { path: '^snakepit-otel/src/sdk/' },
      to: { path: '^snakepit-otel/src/(cli/|register|index)' },
    },
    {
      name: 'page-store-below-server',
      comment:
        'What the live page keeps does not know how it is served, and neither knows the SDK beyond reports of exporters.',
      severity: 'error',
      from: { path: '^snakepit-otel/src/page/store/' },
      to: {
        path: '^snakepit-otel/src/',
        pathNot: '^snakepit-otel/src/(page/(store/|contract\\.ts)|sdk/delivery-report\\.ts)',
      },
    },
    {
      name: 'page-app-runs-in-browsers',
      comment: 'The live page is built for browsers, with what it shares with the command.',
      severity: 'error',
      from: { path: '^snakepit-otel/src/page/(app|client|contract)/' },
      to: {
        path: '^(snakepit-otel/)?src/',
        pathNot: '^snakepit-otel/src/page/((app|client|contract)/|(contract|otlp-json)\\.ts)',
      },
    },
    {
      name: 'page-app-without-node',
      severity: 'error',
      from: { path: '^snakepit-otel/src/page/(app|client|contract|otlp-json)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'page-server-above-store',
      severity: 'error',
      from: { path: '^snakepit-otel/src/page/server/' },
      to: {
        path: '^snakepit-otel/src/',
        pathNot:
          '^snakepit-otel/src/(page/(server/|store/|(contract|otlp-json)\\.ts)|configuration/token\\.ts|sdk/delivery-report\\.ts)',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.cts', '.js', '.cjs'] },
  },
};
