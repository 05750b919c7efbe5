import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Ids of the running processes whose command line mentions a text, such as a folder (Linux). */
export function processesMentioning(text: string): number[] {
  return allProcesses().filter((pid) => pid !== process.pid && commandLine(pid).includes(text));
}

/** These processes, and all that they have started. */
export function descendantsOf(pids: readonly number[]): number[] {
  const found = new Set(pids);
  const parents = allProcesses().map((pid) => [pid, parentOf(pid)] as const);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (parent !== undefined && found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** The ports of this machine that processes have open at this moment, for UDP and TCP. */
export function portsOf(pids: readonly number[]): number[] {
  const sockets = new Set(pids.flatMap(socketsOf));
  const tables = ['udp', 'udp6', 'tcp', 'tcp6'].map((name) => read(`/proc/net/${name}`).split('\n').slice(1));
  return tables.flat().flatMap((line) => {
    const [, local = '', , , , , , , , inode = ''] = line.trim().split(/\s+/);
    return sockets.has(inode) ? Number.parseInt(local.split(':')[1] ?? '', 16) : [];
  });
}

const allProcesses = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The name of a program may have brackets and spaces in it; what follows it has not. */
function parentOf(pid: number): number | undefined {
  const [, parent] = / \S (\d+) /.exec(read(`/proc/${pid}/stat`).replace(/^.*\)/s, '')) ?? [];
  return parent === undefined ? undefined : Number(parent);
}

/** Inodes. */
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const links = unlessGone(() => readdirSync(folder)) ?? [];
  return links.flatMap((fd) => {
    const link = unlessGone(() => readlinkSync(`${folder}/${fd}`)) ?? '';
    return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
  });
}

const commandLine = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');

const read = (file: string): string => unlessGone(() => readFileSync(file, 'utf8')) ?? '';

/** Undefined where the process has ended, or has closed the file, between the two looks. */
function unlessGone<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
