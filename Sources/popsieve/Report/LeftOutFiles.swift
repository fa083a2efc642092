// Rotated files of a log that are compressed: a report does without them, and says so.
// Must not open them.

import Foundation

struct LeftOutFiles {
    let names: [String]

    /// - Parameter since: seconds since 1970; what ended before is not missed
    init(beside logs: [String], since: Int64?) {
        names = logs.flatMap { log -> [String] in
            let folder = log.parentFolder
            let own = log.split(separator: "/").last.map(String.init) ?? log
            // Numbers behind a point, or days behind a hyphen.
            return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().filter { name in
                (name.hasPrefix("\(own).") || name.hasPrefix("\(own)-"))
                    && Compression.endings.contains { name.hasSuffix($0) }
            }.map { log.contains("/") ? "\(folder)/\($0)" : $0 }
        }.filter { LogInput.isFrom(since, $0) && !logs.contains($0) }
    }

    func tell() {
        guard let first = names.first else { return }
        let others = names.count > 1 ? ", and so are others: \(names.count - 1)" : ""
        let remedy = Compression.gzip.remedy(for: "report")
        let message = "it is compressed and left out\(others)"
        FindingPrinter().print([Finding(Place(file: first), .warning, message, remedy)])
    }
}
