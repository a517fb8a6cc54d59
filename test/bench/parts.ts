import { benchApi, describeApiBench } from './api';
import { benchGuide, describeGuide } from './guide';
import { benchLoop, describeLoop } from './loop';
import { benchPage, describePageBench } from './page';
import { benchProcesses, describeProcesses } from './processes';
import { benchSize, describeSize } from './size';
import type { Sizes } from './sizes';
import { benchSlow, describeSlow } from './slow';
import { benchStart, describeStart } from './start';
import { benchStores, describeStores } from './stores';
import { benchStorm, describeStorm } from './storm';
import { benchTenant, describeTenantBench } from './tenant';

/** What a part has measured, and the same in words. */
export interface Measured {
  figures: object;
  lines: string[];
}

/** One part of the benchmark. Each takes less than a minute or so, and its ratios are measured within one run. */
export type Part = (sizes: Sizes) => Promise<Measured>;

function part<Name extends keyof Sizes, Figures extends object>(
  name: Name,
  measure: (size: Sizes[Name]) => Promise<Figures>,
  describe: (figures: Figures) => string[],
): [Name, Part] {
  return [
    name,
    async (sizes) => {
      const figures = await measure(sizes[name]);
      return { figures, lines: describe(figures) };
    },
  ];
}

/** By name, in the order in which they run. */
export const PARTS: ReadonlyMap<string, Part> = new Map([
  part('start', benchStart, describeStart),
  part('tenant', benchTenant, describeTenantBench),
  part('size', benchSize, describeSize),
  part('api', benchApi, describeApiBench),
  part('page', benchPage, describePageBench),
  part('loop', benchLoop, describeLoop),
  part('guide', benchGuide, describeGuide),
  part('slow', benchSlow, describeSlow),
  part('storm', benchStorm, describeStorm),
  part('stores', benchStores, describeStores),
  part('processes', benchProcesses, describeProcesses),
] as [string, Part][]);
