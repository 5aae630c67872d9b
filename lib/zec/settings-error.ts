/**
 * Settings that cannot be used: missing, half set or malformed. The message names the setting, never its value, and
 * says what to do.
 */
export class SettingsError extends Error {
  public constructor(message: string) {
    super(message);
    this.name = 'SettingsError';
  }
}

/** No place that may hold credentials holds any. */
export class MissingCredentialsError extends SettingsError {
  public constructor(message: string) {
    super(message);
    this.name = 'MissingCredentialsError';
  }
}
