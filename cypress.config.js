// The closed loop for teams that use Cypress (docs/quality.md). HEADRACE names the command line, CYPRESS_BASE_URL the
// pages where they are elsewhere; settings are those of the environment, or of headrace.env beside this file.
const { spawnSync } = require("node:child_process");
const path = require("node:path");

const headrace = process.env.HEADRACE || path.join(__dirname, ".venv", "bin", "headrace");

function publish({ topic, key, event }) {
  const input = `${JSON.stringify(event)}\n`;
  const done = spawnSync(headrace, ["publish", topic, "--key", key], { input, encoding: "utf8", cwd: __dirname });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`headrace publish: exit code ${done.status}: ${done.stderr}`);
  return null; // of a task that gives nothing
}

// No require("cypress"): a Cypress that is installed elsewhere reads this too.
module.exports = {
  e2e: {
    baseUrl: "http://127.0.0.1:8080",
    supportFile: false,
    defaultCommandTimeout: 30_000,
    screenshotsFolder: "build/cypress",
    setupNodeEvents(on) {
      on("task", { publish });
    },
  },
};
