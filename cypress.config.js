// The closed loop for teams that use Cypress: npx cypress run (docs/quality.md). HEADRACE names the command line.
const { defineConfig } = require("cypress");
const { spawnSync } = require("node:child_process");

const headrace = process.env.HEADRACE || ".venv/bin/headrace";

module.exports = defineConfig({
  e2e: {
    baseUrl: process.env.HEADRACE_PAGES || "http://127.0.0.1:8080",
    supportFile: false,
    defaultCommandTimeout: 30_000,
    setupNodeEvents(on) {
      on("task", {
        publish({ topic, key, event }) {
          const done = spawnSync(headrace, ["publish", topic, "--key", key], {
            input: `${JSON.stringify(event)}\n`,
            encoding: "utf8",
          });
          if (done.status !== 0) throw new Error(`headrace publish: exit code ${done.status}: ${done.stderr}`);
          return null;
        },
      });
    },
  },
});
