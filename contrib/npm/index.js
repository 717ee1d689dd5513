"use strict";

/** The path of the native program, to start it without a shell in between. */
exports.programPath = require.resolve(`dsmtpd-linux-${process.arch}/bin/dsmtpd`);
