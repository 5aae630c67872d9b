/** What a deploy calls, apart from the others: Node compiles these alone, and a deploy waits for nothing else. */
export { convergeCommand } from './converge';
export { createCommand } from './create';
export { deleteCommand } from './delete';
export { readCommand } from './read';
