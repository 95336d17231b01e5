import { serviceKey } from '../ipvs/model.ts';
import type { DirectorState } from '../ipvs/state.ts';
import type { CommandName } from './command.ts';
import { counted } from './counted.ts';
import { commandsOfPlan, type Plan } from './step.ts';

/**
 * Summarises a plan in one line, as in «2 services changed, 1 server added, 1 drained; 3 services left alone». `current` is
 * the state that the plan was made for.
 */
export function planSummary(
  plan: Plan,
  current: DirectorState,
  { isDrained }: { readonly isDrained: boolean },
): string {
  const commands = commandsOfPlan(plan);
  const number = (name: CommandName) => commands.filter((command) => command.name === name).length;
  const gone = isDrained ? 'drained' : 'removed';
  const parts = [
    ...kindParts('service', [
      [number('add-service'), 'added'],
      [number('edit-service'), 'changed'],
      [number('delete-service'), 'removed'],
    ]),
    ...kindParts('server', [
      [number('add-server'), 'added'],
      [number('edit-server'), 'changed'],
      [number('delete-server') + serversOfRemoved(plan, current), gone],
    ]),
    ...(number('set') > 0 ? ['timeouts set'] : []),
    ...daemonParts(plan),
  ];
  const foreign = current.table.filter(({ service }) => plan.scope.owns?.(service.id) === false).length;
  const rest = foreign === 0 ? [] : [`${counted(foreign, 'service')} left alone`];
  return [parts.length === 0 ? 'nothing to do' : parts.join(', '), ...rest].join('; ');
}

/** Returns the parts of a summary about one kind of object; only the first part names the kind. */
function kindParts(noun: string, numbers: readonly (readonly [number: number, done: string])[]): string[] {
  return numbers
    .filter(([number]) => number > 0)
    .map(([number, done], index) => `${index === 0 ? counted(number, noun) : number} ${done}`);
}

function daemonParts(plan: Plan): string[] {
  const commands = commandsOfPlan(plan);
  const stopped = commands.flatMap((command) => (command.name === 'stop-daemon' ? [command.role] : []));
  const started = commands.flatMap((command) =>
    command.name === 'start-daemon' ? [command.daemon.role] : [],
  );
  return [...new Set([...stopped, ...started])].map((role) => {
    const done = !started.includes(role) ? 'stopped' : stopped.includes(role) ? 'restarted' : 'started';
    return `${role} daemon ${done}`;
  });
}

function serversOfRemoved({ removals }: Plan, { table }: DirectorState): number {
  const removed = new Set(
    removals.flatMap(({ command }) =>
      command.name === 'delete-service' ? [serviceKey(command.service)] : [],
    ),
  );
  return table
    .filter(({ service }) => removed.has(serviceKey(service.id)))
    .reduce((sum, { destinations }) => sum + destinations.length, 0);
}
