// A name server's answer to the question for a service, as anybody may have made it up.
// Must not ask for anything.

import FuzzInput
import Transport

/// One message; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let octets = input.rest()
    limited {
        guard case .records(let records) = ServiceAnswer.read(octets) else { return }
        for record in records {
            precondition((1...65_535).contains(record.port) && (1...255).contains(record.target.utf8.count))
            precondition(record.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        }
        var generator = SystemRandomNumberGenerator()
        let ordered = records.ordered(by: &generator)
        precondition(ordered.count == records.count)
        precondition(zip(ordered, ordered.dropFirst()).allSatisfy { $0.priority <= $1.priority })
    }
    return 0
}
