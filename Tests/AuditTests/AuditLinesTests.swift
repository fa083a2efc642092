import Audit
import Testing

@Test func placeholder() { #expect(AuditLines().isEmpty) }
