// How the tests run: every test file of every room, seeds written in the tests, nothing retried.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/built.ts'],
    retry: 0,
    testTimeout: 90_000,
    allowOnly: process.env['CI'] === undefined,
  },
});
