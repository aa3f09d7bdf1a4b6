package dev.latchkey.polyglot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.junit.jupiter.api.function.Executable;

final class Refusal {
  private Refusal() {}

  /** The detail of that type in the status of a call that is refused with that code. */
  static <T extends Message> T detail(Class<T> type, Status.Code code, Executable call) throws InvalidProtocolBufferException {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call);
    assertEquals(code, refused.getStatus().getCode(), refused.toString());
    for (var packed : StatusProto.fromThrowable(refused).getDetailsList()) {
      if (packed.is(type)) return packed.unpack(type);
    }
    throw new AssertionError(refused + " carries no " + type.getSimpleName());
  }
}
