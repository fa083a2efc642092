// The bounds of the operator's log, each with its reason.
// Must not hold anything that is not a bound.

enum LogLimits {
    /// Octets that wait while nobody reads standard error; about 500 lines, the first of a trouble tell the most.
    static let backlog = 64 * 1_024
    /// How often a service that ends tries to have its last lines written, 20 ms each: a second in all.
    static let lastTries = 50
}
