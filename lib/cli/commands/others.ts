/** What people call. */
export { completionCommand } from './completion';
export { doctorCommand } from './doctor';
export { driftCommand } from './drift';
export { helpCommand } from './help';
export { reviewCommand } from './review';
export { simulateCommand } from './simulate';
export { statusCommand } from './status';
export { versionCommand } from './version';
