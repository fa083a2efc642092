// A reserve that is filled to the octet.

import Testing

@testable import Relay

@Suite struct SizeReserveTests {
    @Test func aFieldHasExactlySoManyOctets() {
        for octets in SizeReserve.least...1_000 {
            let field = SizeReserve.field(of: octets) ?? []
            #expect(field.count == octets)
            let lines = String(decoding: field, as: UTF8.self).split(
                separator: "\r\n",
                omittingEmptySubsequences: false
            )
            let isRight =
                lines.last == "" && lines[0].hasPrefix("X-Popsieve-Fill: ")
                && lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix(" -") && $0.count <= 78 }
            #expect(isRight, "\(octets): \(lines)")
        }
    }

    @Test(arguments: [-1, 0, 1, SizeReserve.least - 1]) func whatIsTooSmallForAFieldIsLeft(_ octets: Int) {
        #expect(SizeReserve.field(of: octets) == nil && [UInt8]("A: b\r\n".utf8).filled(by: octets).count == 6)
    }
}
