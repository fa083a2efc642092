// The relay's time-outs, as its settings name them.
// Must not be left to their defaults: a peer that waits for a processor would be late for one that no test is about.

/// A key of `timeouts`.
enum Timeout: String, Sendable, CaseIterable {
    case proxyHeader = "proxy-header"
    case login
    case connect
    case greeting
    case reply
    case idle
    case stall
    case rest

    /// A line of the settings file: those that a test is about, and all others longer than any test.
    static func setting(_ chosen: [Timeout: String] = [:]) -> String {
        "timeouts: { \(allCases.map { "\($0.rawValue): \(chosen[$0] ?? "10m")" }.joined(separator: ", ")) }\n"
    }
}
