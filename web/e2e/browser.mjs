// Debian's chromium through playwright-core; GYRE_CHROMIUM names another.
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({ executablePath: process.env.GYRE_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
