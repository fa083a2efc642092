// The memory of a running relay, as the kernel shows it to whoever may look.
// Must not change it.

import Foundation

extension Popsieve {
    /// How often octets stand in what the process may write to.
    func occurrences(of octets: Data) throws -> Int {
        let maps = try KernelTable.text("/proc/\(pid)/maps")
        let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(pid)/mem"))
        defer { try? memory.close() }
        var count = 0
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard fields[1].hasPrefix("rw"), bounds.count == 2 else { continue }
            try memory.seek(toOffset: bounds[0])
            // What was given back meanwhile can't be read.
            guard let area = try? memory.read(upToCount: Int(bounds[1] - bounds[0])) else { continue }
            var rest = area[...]
            while let found = rest.range(of: octets) {
                count += 1
                rest = rest[found.upperBound...]
            }
        }
        return count
    }
}
