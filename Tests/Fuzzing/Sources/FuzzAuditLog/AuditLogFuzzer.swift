// An audit log that anybody may have written: read in pieces, told in sentences, summed up, its chain followed.
// Must not open files.

import Audit
import AuditReading
import FuzzInput

/// A log cut anywhere; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let cut = input.number(below: 256)
    let octets = input.rest()
    limited {
        let entries = read([octets])
        precondition(entries == read([Array(octets.prefix(cut)), Array(octets.dropFirst(cut))]))
        var totals = ReportTotals()
        for case .record(let record) in entries {
            precondition(AuditRecord(line: record.line) == record)
            let words = Sentence(record).text
            precondition(words.printable == words)
            totals.add(record)
        }
        follow(octets)
    }
    return 0
}

private func read(_ pieces: [[UInt8]]) -> [AuditReader.Entry] {
    var reader = AuditReader()
    return pieces.flatMap { reader.read($0) } + [reader.finish()].compactMap(\.self)
}

/// Any digest does: the fuzzer can't make one that is right but by its seeds.
private let sum = ChainMethod(name: [0]) { octets in
    var sum: UInt8 = 0
    for octet in octets { sum = sum &* 31 &+ octet }
    return [UInt8](repeating: sum, count: 32)
}

private func follow(_ octets: [UInt8]) {
    var verifier = ChainVerifier(sum)
    var number = 0
    do {
        for line in octets.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            try verifier.take(Array(line), at: .init(file: "log", line: number))
        }
        try verifier.finish(isWhole: true)
    } catch {
        precondition(error.place.line <= number)
    }
    precondition(verifier.chained + verifier.unchained <= number)
}
