// The bounds of a report, each with its name, default and reason.
// Must not hold anything that is not a bound.

/// How much is told apart: a log may be full of names that an attacker has made up.
package struct ReportLimits: Sendable, Equatable {
    /// Users, addresses and rules that are told apart at least; twice as many at most. A name has 512 octets at most.
    package var names = 5_000
    /// Verdicts, causes of failures and folders; there are a few dozen.
    package var words = 500
    /// Hours that are counted: ten years.
    package var hours = 88_000
    /// Messages that are named because their rules took long.
    package var slowest = 10
    /// Hours that a chart shows one by one; more are shown by the day.
    package var hoursOfChart = 48
    /// Bars of a chart; a longer log is shown by its last days.
    package var bars = 92
    /// Lines of a table.
    package var table = 10

    package init() {}
}
