// The figures that are made of measurements: which of them, of which unit, and what is better.
// Must not measure.

/// A figure for each path.
struct Row {
    let title: String
    let cell: Cell
    let lessIsBetter: Bool
    /// Nil where there is no such figure.
    let value: @Sendable (Measurement) -> Double?

    init(
        _ title: String,
        _ cell: Cell,
        lessIsBetter: Bool = false,
        _ value: @escaping @Sendable (Measurement) -> Double?
    ) {
        self.title = title
        self.cell = cell
        self.lessIsBetter = lessIsBetter
        self.value = value
    }

    static let all = [
        Row("logins/s", .logins) { Double($0.load.sessions) / $0.load.seconds },
        Row("RETR 4 KiB, MB/s", .small, rate),
        Row("RETR 4 KiB, 20 ahead, MB/s", .pipelined, rate),
        Row("RETR 100 KiB, MB/s", .medium, rate),
        Row("RETR 10 MiB, MB/s", .large, rate),
        Row("NOOP p50, µs", .noop, lessIsBetter: true) { $0.load.roundTrips.median.map { Double($0) / 1e3 } },
        Row("KiB per idle session", .memory, lessIsBetter: true) { $0.memory },
        Row("CPU s per 1,000 logins", .logins, lessIsBetter: true) { measured in
            measured.processorTime.map { $0 / Double(measured.load.sessions) * 1e3 }
        },
        Row("CPU s per GB of 4 KiB", .small, lessIsBetter: true) { measured in
            measured.processorTime.map { $0 / Double(measured.load.octets) * 1e9 }
        },
    ]

    private static let rate: @Sendable (Measurement) -> Double? = {
        Double($0.load.octets) / 1e6 / $0.load.seconds
    }
}

extension Collection where Element: Comparable {
    /// The one in the middle, the upper one of two; nil where there is none.
    var median: Element? { isEmpty ? nil : sorted()[count / 2] }
}
