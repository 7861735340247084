// Servers that need other programs beside them: a script for sh(1) that starts all of them, and ends them together when
// it gets SIGTERM.

/** A script's text: `steps` one after the other; it lasts as long as what they have started in the background. */
export function startScript(steps: readonly string[]): string {
  return ["pids=", "trap 'kill $pids' TERM", ...steps, "wait", "wait", ""].join("\n");
}

/** Lines of such a script that start a command in the background. */
export function inBackground(command: string): readonly string[] {
  return [`${command} &`, 'pids="$pids $!"'];
}
