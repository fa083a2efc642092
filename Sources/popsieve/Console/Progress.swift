// How far something has come that takes a while: one line on a terminal, gone when it is done.
// Must not be seen where nobody watches, nor before two seconds.

import AuditReading
import Glibc

/// Octets of files that are read.
struct Progress {
    private static let patience = Duration.seconds(2)
    private static let interval = Duration.milliseconds(200)

    private let total: Int
    private let isWatched = isatty(STDERR_FILENO) == 1
    private var done = 0
    private var next = ContinuousClock.now + patience
    private var isShown = false

    init(_ files: [String]) { total = files.reduce(0) { $0 + LogInput.size($1) } }

    mutating func advance(by octets: Int) {
        done += octets
        guard isWatched, ContinuousClock.now >= next else { return }
        next = .now + Self.interval
        isShown = true
        let all = total >= done ? " of \(Double(total).asOctets), \(100 * done / max(1, total)) %" : ""
        StandardError.write("\r\u{1B}[Kread \(Double(done).asOctets)\(all)")
    }

    mutating func end() {
        if isShown { StandardError.write("\r\u{1B}[K") }
        isShown = false
    }
}
