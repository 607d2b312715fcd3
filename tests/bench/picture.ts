/** Throughput and latency over the number of connections, ours and the others', as SVG: a column of panels per cluster size. */
import { LineChart, type LineSeriesOption } from "echarts/charts";
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  TitleComponent,
  type TitleComponentOption,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import * as z from "zod";

/** A line of a run's adds, as far as it is drawn. What could not be measured is null in a file. */
const PictureLine = z.object({
  name: z.string(),
  nodes: z.int().nullable(),
  connections: z.int(),
  rate: z.number().nullable(),
  p50: z.number().nullable(),
  p99: z.number().nullable(),
});
export type PictureLine = z.infer<typeof PictureLine>;

/** What `--json` wrote. */
export const PictureFile = z.object({ adds: z.array(PictureLine) });

type ChartOption = ComposeOption<LineSeriesOption | GridComponentOption | LegendComponentOption | TitleComponentOption>;

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const PANELS = [
  { title: "adds per second", figure: "rate", axis: "value" },
  { title: "p50, ms", figure: "p50", axis: "log" },
  { title: "p99, ms", figure: "p99", axis: "log" },
] as const;

/** Pixels. */
const [PANEL_WIDTH, PANEL_HEIGHT, LEFT, TOP, GAP_X, GAP_Y] = [360, 150, 60, 74, 76, 66];
/** Halfway between black and white: read on a light page and on a dark one, whichever it is on. */
const TEXT = "#7a828c";
const RULE = "#7a828c55";
const FONT = "system-ui, sans-serif";
/** In this order, as saturated as both pages bear; those of one colour differ in their dashes. */
const STYLES: Readonly<Record<string, { readonly color: string; readonly type: "solid" | "dashed" | "dotted" }>> = {
  "Tutti, node": { color: "#2f81f7", type: "solid" },
  "Tutti, workerd": { color: "#2f81f7", type: "dashed" },
  etcd: { color: "#e0731d", type: "solid" },
  Redis: { color: "#d64550", type: "dotted" },
  "Hono echo": { color: TEXT, type: "dotted" },
};
const OTHER = { color: "#a371f7", type: "solid" } as const;

/** @throws {Error} when there is nothing to draw */
export function drawPicture(lines: readonly PictureLine[]): string {
  if (lines.length === 0) throw new Error("a picture shows adds, and none were measured");
  const sizes = [...new Set(lines.flatMap(({ nodes }) => nodes ?? []))].sort((a, b) => a - b);
  // Single processes stand beside every size of cluster, and alone when there is none.
  const columns: readonly (number | null)[] = sizes.length === 0 ? [null] : sizes;
  const width = LEFT + columns.length * (PANEL_WIDTH + GAP_X) - GAP_X + 24;
  const height = TOP + PANELS.length * (PANEL_HEIGHT + GAP_Y) - 16;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(chartOf(lines, columns));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

function chartOf(lines: readonly PictureLine[], columns: readonly (number | null)[]): ChartOption {
  const connections = [...new Set(lines.map(({ connections }) => connections))].sort((a, b) => a - b);
  const names = [...new Set(lines.map(({ name }) => name))];
  const panels = columns.flatMap((nodes, column) => PANELS.map((panel, row) => ({ ...panel, nodes, column, row })));
  const left = (column: number) => LEFT + column * (PANEL_WIDTH + GAP_X);
  const top = (row: number) => TOP + row * (PANEL_HEIGHT + GAP_Y);
  const label = { color: TEXT, fontFamily: FONT, fontSize: 11 };
  return {
    animation: false,
    legend: {
      data: names,
      selectedMode: false,
      top: 8,
      left: LEFT,
      itemGap: 18,
      textStyle: { ...label, fontSize: 13 },
    },
    title: panels.map(({ title, nodes, column, row }) => ({
      text: nodes === null ? title : `${title}; ${nodes} nodes`,
      left: left(column),
      top: top(row) - 28,
      padding: 0,
      textStyle: { ...label, fontSize: 13, fontWeight: "bold" },
    })),
    grid: panels.map(({ column, row }) => ({
      left: left(column),
      top: top(row),
      width: PANEL_WIDTH,
      height: PANEL_HEIGHT,
    })),
    xAxis: panels.map(({ row }, gridIndex) => ({
      type: "category",
      gridIndex,
      data: connections.map(String),
      name: row === PANELS.length - 1 ? "connections" : "",
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: label,
      axisLabel: label,
      axisLine: { lineStyle: { color: RULE } },
      axisTick: { show: false },
    })),
    yAxis: panels.map(({ figure, axis }, gridIndex) => ({
      type: axis,
      gridIndex,
      ...(axis === "log" && decades(lines.flatMap((line) => line[figure] ?? []))),
      axisLabel: label,
      splitNumber: 4,
      splitLine: { lineStyle: { color: RULE } },
    })),
    series: panels.flatMap(({ figure, nodes }, panel) =>
      names.map((name): LineSeriesOption => {
        const own = lines.filter((line) => line.name === name && (line.nodes === null || line.nodes === nodes));
        const { color, type } = STYLES[name] ?? OTHER;
        return {
          type: "line",
          silent: true,
          emphasis: { disabled: true },
          name,
          xAxisIndex: panel,
          yAxisIndex: panel,
          symbol: "circle",
          symbolSize: 6,
          itemStyle: { color },
          lineStyle: { color, type, width: 2 },
          data: connections.map((count) => own.find((line) => line.connections === count)?.[figure] ?? null),
        };
      }),
    ),
  };
}

/** The powers of ten around all values, so that panels side by side have one scale. */
function decades(values: readonly number[]): { min?: number; max?: number } {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return {};
  const power = (value: number, round: (exponent: number) => number) => 10 ** round(Math.log10(value));
  return { min: power(Math.min(...positive), Math.floor), max: power(Math.max(...positive), Math.ceil) };
}
