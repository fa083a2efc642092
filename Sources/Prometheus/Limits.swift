// The bounds of the registry, each with its reason.
// Must not hold anything that is not a bound.

enum Limits {
    /// Series of all families; more would be read by nobody, and a scrape would take seconds.
    static let series = 20_000
}
