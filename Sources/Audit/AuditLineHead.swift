// What every line begins with, found again in a line that is ready to go.
// Must not parse JSON: these lines are our own.

/// When it happened, and what.
struct AuditLineHead {
    private static let time = Array(#"{"v":1,"time":""#.utf8)
    private static let event = Array(#"","event":""#.utf8)

    /// As in the line, such as `2026-11-23T08:15:04.123456Z`.
    private(set) var time: ArraySlice<UInt8> = []
    /// The event's name.
    private(set) var event: ArraySlice<UInt8> = []

    /// - Parameter line: begins at a line's start
    init(_ line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.time) else { return }
        let quote = UInt8(ascii: "\"")
        time = line.dropFirst(Self.time.count).prefix { $0 != quote }
        let rest = line[time.endIndex...]
        guard rest.starts(with: Self.event) else { return }
        event = rest.dropFirst(Self.event.count).prefix { $0 != quote }
    }
}
