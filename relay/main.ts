import { systemClock } from './supervisor/clock.ts';
import { supervise } from './supervisor/supervise.ts';

// Whoever reads the log may go away: that ends no call.
process.stdout.on('error', () => {});

process.exitCode = await supervise({
  variables: process.env,
  clock: systemClock,
  signals: process,
  write: (line) => void process.stdout.write(line),
});
// Sockets that the SDK keeps open are no reason to stay.
process.exit();
