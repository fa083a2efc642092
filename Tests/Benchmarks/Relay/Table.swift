// The table of a run, as Markdown.
// Must not show a figure where anything has failed.

import Foundation

struct Table {
    /// What a column has in a row.
    enum Figure: Equatable {
        /// It cannot do that, or nobody has asked.
        case none
        case failed
        case value(Double)
    }

    let contenders: [Contender]
    let paths: [Path]
    /// Of all rounds.
    var measurements: [Cell: [Path: [Contender: [Measurement]]]] = [:]

    func figure(_ row: Row, _ path: Path, _ contender: Contender) -> Figure {
        let rounds = measurements[row.cell]?[path]?[contender] ?? []
        guard rounds.allSatisfy({ $0.load.failure == nil }) else { return .failed }
        guard let median = rounds.compactMap(row.value).median else { return .none }
        // Where nothing was done, there is no rate.
        return median.isFinite && median > 0 ? .value(median) : .failed
    }

    var hasFailures: Bool {
        measurements.values.contains { paths in
            paths.values.contains { $0.values.joined().contains { $0.load.failure != nil } }
        }
    }

    var markdown: String {
        let references = [Contender.nginx, .haproxy].filter {
            contenders.contains($0) && contenders.contains(.popsieve)
        }
        let titles = ["", "path"] + contenders.map(\.title) + references.map { "× \($0.title)" }
        let head = [titles, titles.indices.map { $0 < 2 ? "---" : "---:" }]
        let lines = Row.all.flatMap { row in
            paths.filter { measurements[row.cell]?[$0] != nil }.map { path in
                [row.title, path.title] + contenders.map { text(of: figure(row, path, $0)) }
                    + references.map { ratio(row, path, to: $0) }
            }
        }
        return (head + lines).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }

    /// What has just been measured, and what went wrong, a line each.
    func summary(of cell: Cell, _ path: Path) -> [String] {
        let figures = Row.all.filter { $0.cell == cell }.map { row in
            "\(row.title): "
                + contenders.map { "\($0.title) \(text(of: figure(row, path, $0)))" }.joined(separator: ", ")
        }
        let failures = contenders.compactMap { contender in
            measurements[cell]?[path]?[contender]?.lazy.compactMap(\.load.failure).first.map {
                "\(contender.title) failed: \($0)"
            }
        }
        return figures + failures
    }

    private func text(of figure: Figure) -> String {
        switch figure {
        case .none: "–"
        case .failed: "failed"
        case .value(let value): Self.text(value)
        }
    }

    /// Three digits that say something.
    static func text(_ value: Double) -> String {
        let digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        return value.formatted(.number.precision(.fractionLength(digits)).locale(Locale(identifier: "en_US")))
    }

    /// How many times as good we are.
    private func ratio(_ row: Row, _ path: Path, to reference: Contender) -> String {
        guard case .value(let ours) = figure(row, path, .popsieve),
            case .value(let theirs) = figure(row, path, reference)
        else { return "–" }
        return String(format: "%.2f", row.lessIsBetter ? theirs / ours : ours / theirs)
    }
}
