// Runs test files, each within a bound of time.
// Must not let a hostile file keep those behind it from running.

import Dispatch
import Foundation
import NIOCore
import Relay
import Sieve
import Synchronization

/// Runs `.svtest` files.
struct TestBench {
    /// How long one file may take. Suites take milliseconds; the engine's own limits bound every single step.
    var patience = TimeAmount.seconds(60)

    /// Runs one file.
    func results(_ path: String) throws(UnreadableFile) -> [TestResult] {
        let source = try FileManager.default.regularFile(at: path, upTo: Sieve.Limits().scriptSize)
        let slot = Slot()
        let thread = Thread { slot.fill(Self.report(source, path)) }
        thread.stackSize = 8 << 20
        thread.start()
        guard let report = slot.wait(patience) else {
            // Its thread ends with the process: a computation can't be stopped from outside.
            return [.failure("the file took longer than \(patience.setting)", of: path)]
        }
        return TestResult.all(of: report, file: path)
    }

    private static func report(_ source: [UInt8], _ path: String) -> TestReport {
        TestRun.report(
            source,
            name: path,
            folder: path.parentFolder,
            processorTime: ProcessorTime.now
        ) { path in try? FileManager.default.regularFile(at: path, upTo: Sieve.Limits().scriptSize) }
    }
}

/// Where a thread leaves its report.
private final class Slot: Sendable {
    private let report = Mutex<TestReport?>(nil)
    private let isFilled = DispatchSemaphore(value: 0)

    func fill(_ report: TestReport) {
        self.report.withLock { $0 = report }
        isFilled.signal()
    }

    /// Nil if nothing came in time.
    func wait(_ patience: TimeAmount) -> TestReport? {
        guard isFilled.wait(timeout: .now() + .nanoseconds(Int(patience.nanoseconds))) == .success else { return nil }
        return report.withLock { $0 }
    }
}
