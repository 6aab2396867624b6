void test_model(void);
void test_model(void) {}
