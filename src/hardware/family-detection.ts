/** What was detected of a family of devices. */
export interface FamilyDetection<T> {
  /** Absent if there is none. */
  readonly value?: T;
  /** False if a driver failed: the next detection may find more. */
  readonly isComplete: boolean;
}
