/** The path of the native program, to start it without a shell in between. */
export const programPath: string;
