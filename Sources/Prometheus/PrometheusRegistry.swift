// A backend for swift-metrics that is scraped: it keeps what it is told, and shows it in Prometheus's text format.
// Must not listen; whoever serves HTTP asks for the text.

package import CoreMetrics
import Synchronization

/// Metrics by name and labels. Safe to use from every thread.
package final class PrometheusRegistry: MetricsFactory {
    struct Labels: Hashable, Comparable {
        let pairs: [[String]]

        init(_ dimensions: [(String, String)]) { pairs = dimensions.map { [$0.0, $0.1] } }

        static func < (left: Labels, right: Labels) -> Bool {
            left.pairs.lexicographicallyPrecedes(right.pairs) { $0.lexicographicallyPrecedes($1) }
        }
    }

    enum Series {
        case number(Number)
        case histogram(Histogram)
    }

    private struct State {
        var families: [String: MetricFamily]
        var series: [String: [Labels: Series]] = [:]
        var count = 0
    }

    private let order: [String]
    private let state: Mutex<State>

    /// - Parameter families: in the order in which they are shown; what is none of them is shown behind, without help
    package init(_ families: [MetricFamily]) {
        order = families.map(\.name)
        let named = Dictionary(families.map { ($0.name, $0) }) { first, _ in first }
        state = Mutex(State(families: named))
    }

    /// Each family with its series, in order; those without a series are left out.
    var all: [(family: MetricFamily, series: [(Labels, Series)])] {
        state.withLock { state in
            let others = state.series.keys.filter { !order.contains($0) }.sorted()
            return (order + others).compactMap { name in
                guard let series = state.series[name], !series.isEmpty, let family = state.families[name] else {
                    return nil
                }
                return (family, series.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            }
        }
    }

    /// Forgets the series of a family: those that are still there come back when they are told again.
    package func clear(_ name: String) {
        state.withLock { state in
            state.count -= state.series[name]?.count ?? 0
            state.series[name] = nil
        }
    }

    /// One that can be told what was counted elsewhere.
    package func histogram(_ name: String, _ dimensions: [(String, String)] = []) -> Histogram {
        let bounds: [Double] = state.withLock { state in
            if case .histogram(let bounds)? = state.families[name]?.kind { bounds } else { Self.usualBounds }
        }
        let series = series(name, dimensions, .histogram(bounds)) { .histogram(Histogram(bounds: bounds)) }
        guard case .histogram(let histogram) = series else { return Histogram(bounds: bounds) }
        return histogram
    }

    /// Those of Prometheus's own libraries.
    private static let usualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private func number(_ name: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind) -> Number {
        guard case .number(let number) = series(name, dimensions, kind, { .number(Number()) }) else { return Number() }
        return number
    }

    /// What is of another kind than its family, or too much, is taken and shown nowhere.
    private func series(
        _ name: String,
        _ dimensions: [(String, String)],
        _ kind: MetricFamily.Kind,
        _ make: () -> Series
    ) -> Series {
        state.withLock { state in
            let family = state.families[name] ?? MetricFamily(name, kind, "")
            guard family.kind.word == kind.word else { return make() }
            let labels = Labels(dimensions)
            if let known = state.series[name]?[labels] { return known }
            let new = make()
            guard state.count < Limits.series else { return new }
            state.families[name] = family
            state.series[name, default: [:]][labels] = new
            state.count += 1
            return new
        }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        number(label, dimensions, .counter)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        number(label, dimensions, .counter)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        number(label, dimensions, .gauge)
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : number(label, dimensions, .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // Handlers hold nothing but memory; a counter that goes and comes back goes on.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
