/** What the service knows of time, as the domain has it: milliseconds, whole numbers. */
export class ModelTime {
  wall: number;
  elapsed = 0;
  /** The latest time that there ever was. It never goes back, but a crash loses what was not kept. */
  steady = 0;
  /** How long the service has run, over all of its starts. */
  runningMs = 0;
  #keptSteady = 0;
  #keptWall: number | undefined;
  /** When this instance kept the time before. */
  #keptAt = 0;

  constructor(wall: number) {
    this.wall = wall;
  }

  advance(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
    this.#see(this.steady + ms);
  }

  jump(ms: number): void {
    this.wall += ms;
    this.#see(this.steady);
  }

  /** Another instance starts: it knows what was kept, and counts from now. */
  start(): void {
    this.steady = 0;
    this.#keptAt = this.elapsed;
    this.keep();
  }

  /** An instance beside this one starts: from there on it is known what the clock said. */
  otherStarts(): void {
    this.#keptWall = this.wall;
    this.#keptSteady = Math.max(this.#keptSteady, this.wall);
  }

  /** Counted is what this instance saw pass, as far as the clock agrees. */
  keep(): void {
    const byTheClock = Math.max(0, this.wall - (this.#keptWall ?? this.wall));
    this.runningMs += Math.min(this.elapsed - this.#keptAt, byTheClock);
    this.#keptAt = this.elapsed;
    this.#keptWall = this.wall;
    this.#see(Math.max(this.steady, this.#keptSteady));
    this.#keptSteady = this.steady;
  }

  #see(time: number): void {
    this.steady = Math.max(time, this.wall);
  }
}
