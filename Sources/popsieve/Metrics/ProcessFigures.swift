// What the kernel knows of this process.
// Must not be asked on an event loop: it reads files in /proc.

import Foundation
import Glibc

struct ProcessFigures: Sendable {
    var openFiles = 0
    var mostFiles = 0
    var residentOctets = 0
    var processorSeconds = 0.0
    /// Seconds from 1970 on.
    var began = 0.0

    /// What can't be read is 0.
    static func now() -> ProcessFigures {
        var figures = ProcessFigures()
        figures.openFiles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        figures.mostFiles = line("limits", "Max open files").first.flatMap { Int($0) } ?? 0
        figures.residentOctets = (line("status", "VmRSS:").first.flatMap { Int($0) } ?? 0) * 1_024
        // Behind the name, which may hold blanks, the third field comes first.
        let stat = text("/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        guard stat.count > 19, ticks > 0 else { return figures }
        figures.processorSeconds = ((Double(stat[11]) ?? 0) + (Double(stat[12]) ?? 0)) / ticks
        let boot = text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
        figures.began = (boot.flatMap { Double($0) } ?? 0) + (Double(stat[19]) ?? 0) / ticks
        return figures
    }

    /// The words behind a line's name.
    private static func line(_ file: String, _ name: String) -> [Substring] {
        let line = text("/proc/self/\(file)").split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
