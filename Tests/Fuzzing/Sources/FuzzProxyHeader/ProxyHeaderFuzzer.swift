// The header of the PROXY protocol, as a proxy, or anybody who poses as one, may send it.
// Must not look at what addresses mean.

import FuzzInput
import ProxyProtocol

/// Octets cut anywhere; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let cut = input.number(below: 256)
    let octets = input.rest()
    limited {
        let progress = ProxyHeader.read(octets)
        let before = ProxyHeader.read(Array(octets.prefix(cut)))
        switch progress {
        case .incomplete:
            precondition(octets.count < ProxyHeader.most)
            precondition(cut >= octets.count || before == .incomplete)
        case .malformed: if case .complete = before { preconditionFailure("more octets have undone a header") }
        case .complete(let header, let length):
            precondition(length <= octets.count && length <= ProxyHeader.most)
            precondition(before == (cut < length ? .incomplete : progress))
            for version in ProxyHeader.Version.allCases { check(header, version) }
        }
    }
    return 0
}

/// What is written of it reads the same.
private func check(_ header: ProxyHeader, _ version: ProxyHeader.Version) {
    let octets = header.octets(version)
    guard case .complete(let again, octets.count) = ProxyHeader.read(octets) else {
        preconditionFailure("what is written can't be read")
    }
    precondition(again == header || header.client == .proxyItself && version == .v1)
}
