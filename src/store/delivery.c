#include "store/delivery.h"

Delivery *delivery_new(char *id, DeliveryDone done, gpointer user_data) {
  Delivery *delivery = g_new0(Delivery, 1);

  delivery->id = id;
  delivery->done = done;
  delivery->user_data = user_data;
  delivery->fd = -1;
  return delivery;
}

void delivery_drop_bytes(Delivery *delivery) {
  if (delivery->block)
    g_string_free(delivery->block, TRUE);
  delivery->block = NULL;
  g_clear_pointer(&delivery->body, g_byte_array_unref);
}

void delivery_free(Delivery *delivery) {
  if (!delivery)
    return;
  delivery_drop_bytes(delivery);
  g_clear_pointer(&delivery->records, g_ptr_array_unref);
  g_clear_error(&delivery->error);
  g_free(delivery->tmp_name);
  g_free(delivery->file_name);
  g_free(delivery->id);
  g_free(delivery);
}

void delivery_report(Delivery *delivery) {
  delivery->done(delivery->error ? NULL : delivery->id, delivery->error, delivery->user_data);
  delivery_free(delivery);
}
