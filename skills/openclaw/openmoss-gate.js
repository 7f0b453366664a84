// Asks OpenMOSS whether this agent has work; OpenClaw runs it without a model and wakes one on `fire`.
// `task-cli.py openclaw-cron` prints it with the right command.
const command = "cd /path/to/workspace && python3 /path/to/task-cli.py peek";
const before = typeof trigger === "object" && trigger && trigger.state;
let said = {};
let reason = "no answer";
try {
  // OpenClaw 2026.8 and later have exec(), 2026.7 has tools.call().
  const ran = typeof exec === "function"
    ? await exec({ command })
    : (await tools.call("exec", { command })).result.details;
  // Warnings may stand around the answer.
  const line = String(ran.aggregated).split("\n").find((text) => text.startsWith('{"wake":'));
  said = JSON.parse(line);
  reason = String(said.reason).slice(0, 200);
} catch (error) {
  reason = error && typeof error.message === "string" ? error.message.slice(0, 200) : reason;
}
// The server does the damping: retry_after 0 means now. Only an answer of the server has a cursor.
const fire = said.wake === true && said.retry_after === 0;
const errors = said.cursor ? 0 : ((before && Number.isInteger(before.errors) && before.errors) || 0) + 1;
json(fire ? { fire, message: `OpenMOSS: ${reason}`, state: { errors, reason } } : { fire, state: { errors, reason } });
