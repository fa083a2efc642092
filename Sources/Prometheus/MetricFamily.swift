// What is said of metrics of one name: help, kind, and the bounds of a histogram.

/// A family of metrics, which differ in their labels.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case counter
        case gauge
        /// Bounds in seconds, ascending; what is above the last has none.
        case histogram([Double])

        package var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    package var name: String
    package var kind: Kind
    package var help: String

    package init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// The names under which its values appear.
    package var series: [String] {
        guard case .histogram = kind else { return [name] }
        return ["_bucket", "_sum", "_count"].map { name + $0 }
    }
}
