/** The metrics of a server, as Prometheus would read them. */
export interface MetricsPage {
  readonly text: string;
  /** Value of one series, such as `latchkey_calls_total{method="Encrypt",reason="OK"}`; 0 when it is not there. */
  value(series: string): number;
}

/** `address` is `host:port`. */
export async function readMetrics(address: string): Promise<MetricsPage> {
  // A connection of its own: one kept from before may be closed by the server at the same moment.
  const response = await fetch(`http://${address}/metrics`, { headers: { connection: 'close' } });
  if (!response.ok) throw new Error(`/metrics answered ${response.status}.`);
  const text = await response.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const values = new Map(
    lines.map((line) => [normal(line.slice(0, line.lastIndexOf(' '))), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
  return { text, value: (series) => values.get(normal(series)) ?? 0 };
}

/** With labels in one order. */
function normal(series: string): string {
  const [name = '', labels = ''] = series.split(/[{}]/);
  return `${name}{${labels.split(',').toSorted().join(',')}}`;
}
