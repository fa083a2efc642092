// The text format of Prometheus, version 0.0.4.
// Must not change a value.

extension PrometheusRegistry {
    /// What `Content-Type` says of the text.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All that there is.
    package func text() -> String {
        var text = ""
        for (family, series) in all {
            if !family.help.isEmpty { text += "# HELP \(family.name) \(family.help.escaped(quotes: false))\n" }
            text += "# TYPE \(family.name) \(family.kind.word)\n"
            for (labels, value) in series {
                switch value {
                case .number(let number): text += line(family.name, labels.pairs, number.value)
                case .histogram(let histogram): text += lines(family.name, labels.pairs, histogram)
                }
            }
        }
        return text
    }

    private func lines(_ name: String, _ labels: [[String]], _ histogram: Histogram) -> String {
        let state = histogram.state
        let bounds = histogram.bounds.map(\.shown) + ["+Inf"]
        var text = ""
        var count = 0
        for (bound, own) in zip(bounds, state.counts) {
            count += own
            text += line("\(name)_bucket", labels + [["le", bound]], Double(count))
        }
        return text + line("\(name)_sum", labels, state.sum) + line("\(name)_count", labels, Double(count))
    }

    private func line(_ name: String, _ labels: [[String]], _ value: Double) -> String {
        let pairs = labels.map { "\($0[0])=\"\($0[1].escaped(quotes: true))\"" }.joined(separator: ",")
        return "\(name)\(pairs.isEmpty ? "" : "{\(pairs)}") \(value.shown)\n"
    }
}

extension Double {
    /// Whole numbers without a fraction, as far as a double has them.
    fileprivate var shown: String {
        guard isFinite else { return isNaN ? "NaN" : self > 0 ? "+Inf" : "-Inf" }
        return self == rounded() && magnitude < 9e15 ? "\(Int(self))" : "\(self)"
    }
}

extension String {
    fileprivate func escaped(quotes: Bool) -> String {
        let text = replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? text.replacing("\"", with: "\\\"") : text
    }
}
