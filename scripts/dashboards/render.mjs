import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { dashboards } from './panels.mjs';

const SOURCE = { type: 'prometheus', uid: '$datasource' };
const WIDTH = 12;
const HEIGHT = 8;
const KINDS = { timeseries: TimeseriesBuilder, stat: StatBuilder };

/** Returns the JSON of every dashboard by its path. */
export function dashboardFiles(definitions) {
  return Object.fromEntries(
    Object.entries(dashboards(definitions)).map(([uid, dashboard]) => [
      `deploy/grafana/${uid}.json`,
      `${JSON.stringify(render(uid, dashboard), null, 2)}\n`,
    ]),
  );
}

function render(uid, { title, panels }) {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['snakepit', 'opentelemetry'])
    .refresh('10s')
    .time({ from: 'now-15m', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('job')
        .label('Service')
        .query('label_values(snakepit_telemetry_series, job)')
        .datasource(SOURCE)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ selected: true, text: 'All', value: '$__all' }),
    );
  for (const [i, panel] of panels.entries()) builder.withPanel(renderPanel(i, panel));
  return builder.build();
}

function renderPanel(i, { title, unit, kind, queries }) {
  const panel = new KINDS[kind]()
    .id(i + 1)
    .title(title)
    .unit(unit)
    .datasource(SOURCE)
    .gridPos({ x: (i % 2) * WIDTH, y: Math.floor(i / 2) * HEIGHT, w: WIDTH, h: HEIGHT });
  for (const [j, { expr, legend }] of queries.entries()) {
    panel.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode(65 + j))
        .expr(expr)
        .legendFormat(legend),
    );
  }
  return panel;
}
