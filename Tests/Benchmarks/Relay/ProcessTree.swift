// A process with all that it has started: their processor time and their memory, as the kernel counts them.
// Must not be asked about one that the benchmark has not started.

import Foundation
import Glibc

struct ProcessTree {
    let root: pid_t

    private var all: [pid_t] {
        var found: [pid_t] = []
        var next = [root]
        while let process = next.popLast() {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
            if !tasks.isEmpty { found.append(process) }
            for task in tasks {
                next += Self.text("/proc/\(process)/task/\(task)/children").split(separator: " ").compactMap {
                    pid_t($0)
                }
            }
        }
        return found
    }

    /// Seconds, those of the system for it and those of children that have ended among them (proc(5), stat).
    var processorTime: Double {
        let ticks = all.map { process in
            // The name before the last parenthesis may have blanks.
            let fields = Self.text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
            return fields.dropFirst(11).prefix(4).compactMap { Int($0) }.reduce(0, +)
        }
        return Double(ticks.reduce(0, +)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// KiB, what several processes share counted once for all of them (proc(5), smaps_rollup: Pss).
    var memory: Int {
        all.map { process in
            let line = Self.text("/proc/\(process)/smaps_rollup").split(separator: "\n").first { $0.hasPrefix("Pss:") }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }.reduce(0, +)
    }

    /// The last ones first: nobody starts one again.
    func kill() {
        for process in all.reversed() { Glibc.kill(process, SIGKILL) }
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
