// What static/js/edit-worker.js needs to cut and cover videos, and nothing else of that library.
export {
  BlobSource, BufferTarget, Conversion, getFirstEncodableVideoCodec, Input, MATROSKA, MP4, Mp4OutputFormat, Output,
  QTFF, Quality, VideoSampleSink, WEBM, WebMOutputFormat,
} from "mediabunny";
